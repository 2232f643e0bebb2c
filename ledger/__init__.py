"""The write side: facts and the decisions that make them. It knows no web; SQL stays in `store`."""
