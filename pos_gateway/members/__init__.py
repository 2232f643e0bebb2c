"""Members' personal data: corrected, erased, and what follows a second person's decision."""
