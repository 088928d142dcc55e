"""Adapters of the object-store port."""
