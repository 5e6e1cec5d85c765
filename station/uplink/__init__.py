"""The line to the hub: facts up until they are acknowledged, answers and the shelf down."""
