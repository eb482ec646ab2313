"""What pages ask for of parts, and what they sent."""
