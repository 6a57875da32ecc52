"""What people do with albums, by what it is about."""

from crm.albums.service.links import extend_link, renew_link, restore_link, withdraw_link
from crm.albums.service.making import make_album, remove_album, rename_album, restore_album
from crm.albums.service.photos import (
    Added,
    add_photo,
    delete_files,
    remove_photo,
    restore_photo,
    sweep_files,
    wipe_removed,
    write_files,
    written_files,
)

__all__ = [
    "Added",
    "add_photo",
    "delete_files",
    "extend_link",
    "make_album",
    "remove_album",
    "remove_photo",
    "rename_album",
    "renew_link",
    "restore_album",
    "restore_link",
    "restore_photo",
    "sweep_files",
    "wipe_removed",
    "withdraw_link",
    "write_files",
    "written_files",
]
