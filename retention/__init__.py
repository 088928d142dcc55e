"""Retention: schedule, holds, appraisal, approval, destruction, certificates."""
