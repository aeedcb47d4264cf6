"""A setting, its picture, a live figure and controls: the only room that knows them all."""
