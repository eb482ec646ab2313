"""What the pages of grids show: figures in words, areas in lines, prepared without a request."""
