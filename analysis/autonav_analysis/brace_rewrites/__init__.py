"""Rewrites of languages with braces: JavaScript, TypeScript and Go. One module each, which defines REWRITE."""
