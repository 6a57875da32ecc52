"""Which reply texts are offered first; the texts themselves are in the catalogues."""

from crm.complaints.rules.words import Category

_OWN = frozenset(
    {
        Category.WRONG_ITEM,
        Category.SUSPECTED_FAKE,
        Category.QUALITY,
        Category.DELIVERY,
        Category.REFUND,
    }
)


def template_keys(category: Category, *, is_public: bool, is_resolved: bool) -> list[str]:
    """The text for the matter first, then the general ones; once resolved, the outcome first."""
    keys = [category.value] if category in _OWN else []
    keys.append("general")
    if is_public:
        keys.append("holding")
        keys.insert(0 if is_resolved else len(keys), "outcome")
    return keys
