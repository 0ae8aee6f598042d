"""What proposers share: the words they are asked in, copies to work in, and the end of what they leave behind."""
