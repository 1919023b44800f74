"""The run-time support of generated modules: real Python, linked definition by definition.

Each top-level definition of these files can land in a generated module, with
all that it names. So a file has imports, definitions and constants only, and
nothing runs when it is imported.
"""
