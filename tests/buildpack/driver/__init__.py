"""What the tests of the buildpacks drive: a builder, a dyno, a shadow, clients."""
