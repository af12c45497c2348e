"""What must hold? Each rule yields what breaks it; `oneroof check` shows all of them."""
