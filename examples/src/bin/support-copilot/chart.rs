//! Draws a product's price over the past year as a PNG image.
//!
//! The font is embedded in the program, so nothing has to be installed.

use plotters::{
    prelude::{
        AreaSeries, BitMapBackend, ChartBuilder, Circle, DrawingAreaErrorKind, IntoDrawingArea,
        LineSeries, RGBColor, Text, WHITE,
    },
    style::{Color, FontStyle, IntoTextStyle, register_font},
};

use crate::shop::{WeeklyPrice, dates};

const SIZE: (u32, u32) = (800, 400);
const LINE: RGBColor = RGBColor(31, 90, 122);
const MARK: RGBColor = RGBColor(196, 78, 44);
const INK: RGBColor = RGBColor(60, 60, 60);
const FONT_FILE: &[u8] = include_bytes!("../../../data/DejaVuSans-subset.ttf");
const FONT: &str = "sans-serif";

#[derive(Debug, thiserror::Error)]
pub(crate) enum ChartError {
    #[error("there are no prices to draw")]
    NoPrices,
    #[error("drawing the chart was interrupted")]
    Interrupted,
    #[error("the chart's font cannot be loaded")]
    Font,
    #[error("the chart cannot be drawn: {0}")]
    Drawing(String),
    #[error("the chart cannot be encoded as a PNG image: {0}")]
    Png(#[from] png::EncodingError),
}

impl<E: std::error::Error + Send + Sync> From<DrawingAreaErrorKind<E>> for ChartError {
    fn from(error: DrawingAreaErrorKind<E>) -> Self {
        Self::Drawing(error.to_string())
    }
}

/// Draws the chart and returns it as a PNG file. `weeks` must be sorted, oldest first.
pub(crate) fn draw(title: &str, weeks: &[WeeklyPrice]) -> Result<Vec<u8>, ChartError> {
    let prices: Vec<(f64, f64)> = (0_u32..)
        .zip(weeks)
        .map(|(week, price)| (f64::from(week), price.price.as_f64()))
        .collect();
    let (Some(&last), Some(&lowest)) = (
        prices.last(),
        prices.iter().min_by(|a, b| a.1.total_cmp(&b.1)),
    ) else {
        return Err(ChartError::NoPrices);
    };
    let highest = prices.iter().map(|(_, price)| *price).fold(0.0, f64::max);
    let margin = ((highest - lowest.1) * 0.25).max(highest * 0.02);
    let floor = (lowest.1 - margin).max(0.0);
    register_font(FONT, FontStyle::Normal, FONT_FILE).map_err(|_| ChartError::Font)?;

    let (width, height) = SIZE;
    let mut pixels = vec![0; width as usize * height as usize * 3];
    {
        let area = BitMapBackend::with_buffer(&mut pixels, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area)
            .caption(title, (FONT, 22, &INK).into_text_style(&area))
            .margin(14)
            .x_label_area_size(32)
            .y_label_area_size(64)
            // Leave room on the right for the label of today's price.
            .build_cartesian_2d(0.0..last.0 * 1.09 + 0.1, floor..highest + margin)?;
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .bold_line_style(INK.mix(0.12))
            .axis_style(INK.mix(0.5))
            .label_style((FONT, 14, &INK))
            .x_labels(9)
            .x_label_formatter(&|week| label(weeks, *week))
            .y_label_formatter(&|price| format!("${price:.2}"))
            .draw()?;
        chart.draw_series(AreaSeries::new(
            prices.iter().copied(),
            floor,
            LINE.mix(0.12),
        ))?;
        chart.draw_series(LineSeries::new(
            prices.iter().copied(),
            LINE.stroke_width(2),
        ))?;
        // Label the lowest price below the line, and today's price at the end of the line.
        for ((x, price), color, below) in [(lowest, MARK, -0.2), (last, LINE, 0.45)] {
            chart.draw_series([Circle::new((x, price), 4, color.filled())])?;
            chart.draw_series([Text::new(
                format!("${price:.2}"),
                (x + 0.6, price + margin * below),
                (FONT, 14, &color).into_text_style(&area),
            )])?;
        }
        area.present()?;
    }
    encode(&pixels)
}

fn label(weeks: &[WeeklyPrice], position: f64) -> String {
    (0_u32..)
        .zip(weeks)
        .find(|(week, _)| (f64::from(*week) - position).abs() < 0.5)
        .map(|(_, week)| dates::short(week.week_of))
        .unwrap_or_default()
}

fn encode(pixels: &[u8]) -> Result<Vec<u8>, ChartError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, SIZE.0, SIZE.1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(pixels)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shop::Shop;

    #[test]
    fn a_year_of_prices_is_drawn() {
        let shop = Shop::open().unwrap();
        let product = &shop.catalog().products()[0];
        let weeks = shop.catalog().price_history(&product.sku);

        let file = draw(&product.name, weeks).unwrap();

        let decoder = png::Decoder::new(std::io::Cursor::new(&file));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), SIZE);
        let colored = pixels.chunks(3).filter(|pixel| **pixel != [255; 3]).count();
        assert!(colored > 20_000, "{colored} pixels are not white");
    }

    #[test]
    fn one_price_can_be_drawn_but_none_is_an_error() {
        let shop = Shop::open().unwrap();
        let product = &shop.catalog().products()[0];
        let weeks = shop.catalog().price_history(&product.sku);
        assert!(draw("one", &weeks[..1]).is_ok());
        assert!(matches!(draw("none", &[]), Err(ChartError::NoPrices)));
    }
}
