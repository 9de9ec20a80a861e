"""The way of an image from a folder on the control machine to a host: build context, wheels, build, layers."""
