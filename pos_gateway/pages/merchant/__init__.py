"""The merchant portal: redemptions, statements, tills and cashiers, for the merchant's owner."""
