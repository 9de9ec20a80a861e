"""The release engine: switch an app from one image to the next without a dropped request, and back."""
