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


def template_keys(category: Category, *, is_public: bool) -> list[str]:
    """The text for the matter first, then the general ones; after closing, the outcome."""
    keys = [f"complaints.template.{category.value}"] if category in _OWN else []
    keys.append("complaints.template.general")
    if is_public:
        keys += ["complaints.template.holding", "complaints.template.outcome"]
    return keys
