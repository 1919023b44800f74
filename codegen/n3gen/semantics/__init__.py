"""What is known of a spec beyond its shape; rules, plans and emit read it."""
