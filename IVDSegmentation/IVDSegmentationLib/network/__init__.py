"""Networks and their weights. Importing this package does not import torch; its modules do."""
