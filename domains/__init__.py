"""The domains of writ-gym; each folder is one business."""
