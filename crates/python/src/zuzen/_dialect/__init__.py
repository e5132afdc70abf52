"""The parts of the SQLAlchemy dialect: how statements are written, and what tables are asked for."""
