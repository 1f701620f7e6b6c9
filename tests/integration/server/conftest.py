# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""A server with a sample service, one for each test file; and one for a test of its own."""

import dataclasses

import pytest
from support.client import Client
from support.segued import Segued
from support.shop import Shop


@dataclasses.dataclass
class World:
    server: Segued
    shop: Shop
    client: Client


def make_world(folder, extra_services=(), config=None, **budget):
    shop = Shop()
    server = Segued(folder, [shop.service(**budget), *extra_services], **(config or {}))
    return World(server.start(), shop, Client(server.address))


def end_world(world):
    world.client.close()
    world.server.close()
    world.shop.stop()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Shared by the tests of a file, which leave it running."""
    it = make_world(tmp_path_factory.mktemp("shared"))
    yield it
    end_world(it)


@pytest.fixture
def new_world(tmp_path):
    """Makes a world for this test alone: new_world(**budget)."""
    made = []

    def make(**arguments):
        made.append(make_world(tmp_path / str(len(made)), **arguments))
        return made[-1]

    yield make
    for it in made:
        end_world(it)
