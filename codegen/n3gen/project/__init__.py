"""Projects on disk: their configuration, specs and modules, and the tests in specs."""
