"""Signing in at a provider that speaks OpenID Connect; see docs/signing-in.md."""
