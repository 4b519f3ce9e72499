/** An integer with commas between thousands: `1,234,567`. */
export const formatInteger = (value: number): string => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
