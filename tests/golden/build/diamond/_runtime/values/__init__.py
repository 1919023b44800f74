"""Access to data and the filters of templates."""
