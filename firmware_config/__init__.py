"""What is soldered where, and the files of a machine that follow from it."""
