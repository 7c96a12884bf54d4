"""Other people's files and pages become articles: read, turned into Markdown, written under ARTICLES_DIR."""
