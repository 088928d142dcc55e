"""Document types (文种) as people call them."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

LABELS: Final = MappingProxyType(
    {
        "contract": ("合同", "Contract"),
        "id_card": ("居民身份证", "Identity card"),
        "household_register": ("户口簿", "Household register"),
        "business_licence": ("营业执照", "Business licence"),
        "tax_registration": ("税务登记证", "Tax registration"),
        "property_certificate": ("不动产权证", "Property certificate"),
        "marriage_certificate": ("结婚证", "Marriage certificate"),
        "income_proof": ("收入证明", "Proof of income"),
        "invoice": ("发票", "Invoice"),
        "receipt": ("收据", "Receipt"),
        "power_of_attorney": ("授权委托书", "Power of attorney"),
        "customer_form": ("客户登记表", "Customer form"),
        "credit_report": ("信用报告", "Credit report"),
        "appraisal_report": ("评估报告", "Appraisal report"),
        "complaint": ("投诉材料", "Complaint"),
        "letter": ("函件", "Letter"),
        "other": ("其他材料", "Other"),
    }
)
