# Everything a person runs. `make run` and `make test` set up what they need themselves.
.PHONY: run setup test lint requirements clean help

help:            ## What there is
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/' | expand -t 16

run: setup       ## Set up what is missing and start the bot
	@.venv/bin/firstline run

setup:           ## Both Python environments and the widget, when something about them changed
	@deploy/setup.sh app engine widget

test: ## Set up what is missing, then linters, types and every test
	@deploy/setup.sh app engine widget browser databases
	@deploy/test.sh

lint:            ## ruff, mypy and the widget's checks alone
	@deploy/test.sh lint

requirements:    ## Compile requirements/*.txt from *.in
	@deploy/setup.sh compile

clean:           ## Remove what set-up made (not DATA_DIR)
	rm -rf .venv .venv-engine .uv widget/node_modules pages/static/built
