"""What all tables of the operations database are registered with."""

from __future__ import annotations

from sqlalchemy import MetaData

metadata = MetaData()
