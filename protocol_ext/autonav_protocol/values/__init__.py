"""The one model of each noun: frozen dataclasses that need the standard library alone.

Analysis uses them as they are; at the edge pydantic validates them and emits their schema.
Paths are relative to the worktree root, with `/`, and carry bytes that are not UTF-8 as
lone surrogates (`os.fsdecode`), so no name is lost on the way to an editor and back.
"""
