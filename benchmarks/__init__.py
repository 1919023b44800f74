"""Measures n3gen beside hand-written asyncio and other libraries; `report.py` runs all."""
