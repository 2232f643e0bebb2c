"""The errors of the gateway, by what raises them."""
