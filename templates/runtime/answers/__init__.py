"""Answers of models as typed values."""
