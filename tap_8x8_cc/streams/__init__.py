"""Singer streams: windows in order, records, and the bookmark behind them."""
