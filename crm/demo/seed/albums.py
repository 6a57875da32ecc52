"""The album of the story: what is new, for customers who want every piece photographed."""

from pathlib import Path

from crm.albums import service
from crm.albums.rules import NewAlbum
from crm.demo.cast.pictures import picture
from crm.demo.seed.stage import Stage
from crm.integrations.formats import photos


def show_goods(stage: Stage, folder: Path) -> None:
    """Put the goods of the story, if it shows any, into an album with its files in the folder."""
    told, random = stage.story.get("album"), stage.stream("albums")
    if told is None:
        return
    actor, made_at = stage.actors[told["by"]], stage.at(told["at"])
    command = NewAlbum(name=told["name"], store_id=stage.stores[told["store"]].id)
    album = service.make_album(stage.session, command, actor=actor, now=made_at)
    for colour in told["colours"]:
        shot = photos.read(picture(told["shape"], colour, random))
        files = service.write_files(shot, folder=folder, now=made_at)
        service.add_photo(stage.session, album, shot, files, actor=actor, now=made_at)
