from cast import city_cast, committed_cast

__all__ = ["city_cast", "committed_cast"]
