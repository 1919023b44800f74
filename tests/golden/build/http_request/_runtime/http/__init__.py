"""HTTP requests, their connections, secrets and errors."""
