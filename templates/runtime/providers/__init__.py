"""The protocols of model providers."""
