//! Jobs through the door of the API: bodies, states, places, addresses.
