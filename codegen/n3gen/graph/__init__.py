"""Pictures of plans: a graph, where its parts stand, and the formats that show it."""
