"""The language server: what the compiler knows, in an editor, while one types."""
