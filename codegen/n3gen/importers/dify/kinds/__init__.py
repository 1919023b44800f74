"""The types of nodes of Dify, one a module."""
