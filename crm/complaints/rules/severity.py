"""How grave a complaint is before anybody says otherwise (1 public trust ... 4 praise, enquiry)."""

from crm.complaints.rules.words import PUBLIC_CHANNELS, Category, Channel, Visibility

PUBLIC_TRUST, PUBLIC_OTHER, PRIVATE, MINOR = 1, 2, 3, 4
_BY_CHANNEL = {
    Channel.PLATFORM_AFTERSALE: PUBLIC_OTHER,
    Channel.PLATFORM_DISPUTE: PUBLIC_OTHER,
    Channel.REGULATOR: PUBLIC_TRUST,
    Channel.PRIVACY_REQUEST: PRIVATE,
}
_TRUST = frozenset({Category.SUSPECTED_FAKE, Category.SAFETY, Category.AD_CLAIM})
_MINOR = frozenset({Category.PRAISE, Category.ENQUIRY})


def visibility_of(channel: Channel) -> Visibility:
    """Groups and livestream comments have an audience; nothing else has."""
    return Visibility.PUBLIC if channel in PUBLIC_CHANNELS else Visibility.PRIVATE


def base_severity(channel: Channel, category: Category) -> int:
    """The severity that channel and category give; spread or a lead may change it."""
    if channel in _BY_CHANNEL:
        return _BY_CHANNEL[channel]
    if category in _MINOR:
        return MINOR
    if visibility_of(channel) is Visibility.PRIVATE:
        return PRIVATE
    return PUBLIC_TRUST if category in _TRUST else PUBLIC_OTHER
