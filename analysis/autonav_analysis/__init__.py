"""Pure analysis: bytes, trees and facts in; facts and edits out. No effect, no clock, no randomness of its own."""
