"""Values that outlive a step: cells of a run, of the process, or of a store."""
