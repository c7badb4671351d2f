"""Rules over calls: conditions on what was said, with four outcomes and evidence. See docs/rules.md."""
