"""Specs made of the flows of other tools: text in, text and remarks out."""
