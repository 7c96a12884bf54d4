"""What is wrong with the articles: a module for each sort of fault; `report.py` puts them together."""
