"""What closedwon does with the core: set-up of won deals; contacts and invoicing follow."""
