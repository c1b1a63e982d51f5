"""The database: how it is opened, what it holds, and the statements that ask and change it."""
