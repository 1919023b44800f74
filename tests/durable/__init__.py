"""Tests of durable runs: processes that are killed, and others that go on."""
