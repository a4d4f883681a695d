# src/blob
