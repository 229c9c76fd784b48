"""The pages. They translate between a browser and the rules below; they decide nothing."""
